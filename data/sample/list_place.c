/* Places of the United States by state, with the first three digits of their postal codes and a
 * rough weight, and what streets are called. Written by hand from general knowledge; the street
 * addresses made of them are invented. */
#include "data/sample/lists.h"

#include <stddef.h>

const struct place_group list_place[] = {
    {"AL", "Birmingham:352:40 Montgomery:361:30 Mobile:366:30 Huntsville:358:35 Tuscaloosa:354:16 "
           "Auburn:368:10 Dothan:363:10 Decatur:356:9 Florence:356:7 Gadsden:359:6"},
    {"AK", "Anchorage:995:25 Fairbanks:997:8 Juneau:998:6"},
    {"AZ",
     "Phoenix:850:130 Tucson:857:60 Mesa:852:45 Chandler:852:28 Scottsdale:852:26 Glendale:853:25 "
     "Tempe:852:20 Peoria:853:18 Yuma:853:12 Flagstaff:860:9 Prescott:863:7"},
    {"AR",
     "Little_Rock:722:24 Fayetteville:727:11 Fort_Smith:729:11 Jonesboro:724:9 Hot_Springs:719:6"},
    {"CA",
     "Los_Angeles:900:330 San_Diego:921:130 San_José:951:95 San_Francisco:941:85 Fresno:937:52 "
     "Sacramento:958:60 Long_Beach:908:46 Oakland:946:42 Bakersfield:933:40 Anaheim:928:35 "
     "Santa_Ana:927:33 Riverside:925:32 Stockton:952:31 Irvine:926:29 Chula_Vista:919:27 "
     "Fremont:945:23 "
     "San_Bernardino:924:22 Modesto:953:22 Fontana:923:21 Oxnard:930:20 Glendale:912:19 "
     "Huntington_Beach:926:19 Santa_Rosa:954:18 Ontario:917:17 Pasadena:911:14 Torrance:905:14 "
     "Visalia:932:13 Salinas:939:15 Escondido:920:15 Berkeley:947:12 Ventura:930:11 Redding:960:9 "
     "Chico:959:9 Santa_Barbara:931:9 Santa_Cruz:950:7 San_Luis_Obispo:934:5 Eureka:955:4 "
     "La_Cañada_Flintridge:910:2"},
    {"CO",
     "Denver:802:65 Colorado_Springs:809:45 Aurora:800:36 Fort_Collins:805:17 Lakewood:802:16 "
     "Boulder:803:11 Pueblo:810:11 Greeley:806:10 Grand_Junction:815:7 Cañon_City:812:2"},
    {"CT", "Bridgeport:066:15 New_Haven:065:14 Hartford:061:14 Stamford:069:13 Waterbury:067:11 "
           "Norwalk:068:9 Danbury:068:8 New_London:063:4"},
    {"DE", "Wilmington:198:9 Dover:199:5 Newark:197:5"},
    {"DC", "Washington:200:65"},
    {"FL",
     "Jacksonville:322:85 Miami:331:90 Tampa:336:50 Orlando:328:50 Saint_Petersburg:337:26 "
     "Hialeah:330:22 "
     "Tallahassee:323:20 Fort_Lauderdale:333:30 Cape_Coral:339:18 Pembroke_Pines:330:16 "
     "Hollywood:330:15 "
     "Gainesville:326:14 Clearwater:337:12 Lakeland:338:12 West_Palm_Beach:334:18 Pensacola:325:10 "
     "Sarasota:342:12 Daytona_Beach:321:8 Ocala:344:9 Naples:341:9 Fort_Myers:339:11 "
     "Key_West:330:3"},
    {"GA",
     "Atlanta:303:75 Augusta:309:20 Columbus:319:20 Savannah:314:16 Athens:306:12 Macon:312:14 "
     "Roswell:300:9 Marietta:300:11 Albany:317:7 Valdosta:316:6 Rome:301:4"},
    {"HI", "Honolulu:968:34 Hilo:967:5"},
    {"ID", "Boise:837:23 Meridian:836:10 Nampa:836:9 Idaho_Falls:834:6 Pocatello:832:5"},
    {"IL",
     "Chicago:606:230 Aurora:605:18 Joliet:604:14 Naperville:605:14 Rockford:611:14 "
     "Springfield:627:12 "
     "Peoria:616:11 Elgin:601:11 Champaign:618:8 Bloomington:617:8 Decatur:625:7 Evanston:602:7 "
     "Moline:612:5 Carbondale:629:3"},
    {"IN", "Indianapolis:462:85 Fort_Wayne:468:26 Evansville:477:12 South_Bend:466:11 Carmel:460:9 "
           "Bloomington:474:8 Gary:464:8 Lafayette:479:8 Muncie:473:6 Terre_Haute:478:6"},
    {"IA",
     "Des_Moines:503:22 Cedar_Rapids:524:13 Davenport:528:10 Sioux_City:511:8 Iowa_City:522:7 "
     "Waterloo:507:7 Dubuque:520:6"},
    {"KS", "Wichita:672:38 Overland_Park:662:19 Kansas_City:661:15 Topeka:666:13 Lawrence:660:9 "
           "Salina:674:5"},
    {"KY", "Louisville:402:60 Lexington:405:30 Bowling_Green:421:7 Owensboro:423:6 Covington:410:5 "
           "Paducah:420:3"},
    {"LA",
     "New_Orleans:701:40 Baton_Rouge:708:24 Shreveport:711:19 Lafayette:705:13 Lake_Charles:706:8 "
     "Monroe:712:5 Houma:703:4"},
    {"ME", "Portland:041:8 Lewiston:042:4 Bangor:044:4 Augusta:043:2"},
    {"MD", "Baltimore:212:62 Frederick:217:8 Rockville:208:8 Gaithersburg:208:7 Annapolis:214:5 "
           "Silver_Spring:209:9 Hagerstown:217:5 Salisbury:218:4"},
    {"MA",
     "Boston:021:67 Worcester:016:20 Springfield:011:16 Cambridge:021:11 Lowell:018:11 "
     "Brockton:023:10 "
     "New_Bedford:027:10 Quincy:021:10 Lynn:019:9 Fall_River:027:9 Newton:024:9 Pittsfield:012:4"},
    {"MI", "Detroit:482:65 Grand_Rapids:495:20 Warren:480:14 Sterling_Heights:483:13 "
           "Ann_Arbor:481:12 Lansing:489:12 "
           "Flint:485:10 Dearborn:481:10 Kalamazoo:490:8 Saginaw:486:6 Traverse_City:496:4 "
           "Marquette:498:3"},
    {"MN", "Minneapolis:554:43 Saint_Paul:551:31 Rochester:559:12 Duluth:558:9 Bloomington:554:9 "
           "Saint_Cloud:563:7 Mankato:560:4 Moorhead:565:4"},
    {"MS",
     "Jackson:392:16 Gulfport:395:7 Hattiesburg:394:5 Biloxi:395:5 Tupelo:388:4 Meridian:393:4"},
    {"MO",
     "Kansas_City:641:50 Saint_Louis:631:33 Springfield:658:17 Columbia:652:12 Independence:640:12 "
     "Saint_Joseph:645:8 Joplin:648:5 Cape_Girardeau:637:4"},
    {"MT", "Billings:591:11 Missoula:598:8 Great_Falls:594:6 Bozeman:597:5 Helena:596:3"},
    {"NE", "Omaha:681:48 Lincoln:685:28 Grand_Island:688:5 Kearney:688:3"},
    {"NV", "Las_Vegas:891:64 Henderson:890:30 Reno:895:25 Carson_City:897:5 Elko:898:2"},
    {"NH", "Manchester:031:11 Nashua:030:9 Concord:033:4 Portsmouth:038:2"},
    {"NJ", "Newark:071:28 Jersey_City:073:26 Paterson:075:15 Elizabeth:072:13 Edison:088:10 "
           "Trenton:086:9 "
           "Camden:081:7 Clifton:070:8 Toms_River:087:9 Atlantic_City:084:4 Princeton:085:3"},
    {"NM", "Albuquerque:871:56 Las_Cruces:880:11 Rio_Rancho:871:10 Santa_Fe:875:8 Roswell:882:5 "
           "Española:875:2"},
    {"NY", "New_York:100:170 Brooklyn:112:260 Bronx:104:140 Queens:114:110 Staten_Island:103:48 "
           "Flushing:113:60 "
           "Buffalo:142:27 Rochester:146:21 Yonkers:107:20 Syracuse:132:14 Albany:122:10 "
           "New_Rochelle:108:8 "
           "Schenectady:123:7 Utica:135:6 White_Plains:106:6 Hempstead:115:14 Binghamton:139:5 "
           "Ithaca:148:3 "
           "Poughkeepsie:126:4 Watertown:136:3"},
    {"NC", "Charlotte:282:85 Raleigh:276:46 Greensboro:274:29 Durham:277:27 Winston-Salem:271:24 "
           "Fayetteville:283:20 Cary:275:16 Wilmington:284:12 High_Point:272:11 Asheville:288:9 "
           "Greenville:278:9 "
           "Hickory:286:5"},
    {"ND", "Fargo:581:12 Bismarck:585:7 Grand_Forks:582:6 Minot:587:5"},
    {"OH", "Columbus:432:85 Cleveland:441:38 Cincinnati:452:31 Toledo:436:28 Akron:443:20 "
           "Dayton:454:15 Parma:441:8 "
           "Canton:447:8 Youngstown:445:7 Lorain:440:7 Hamilton:450:6 Springfield:455:6 "
           "Mansfield:449:5 Athens:457:3"},
    {"OK",
     "Oklahoma_City:731:64 Tulsa:741:40 Norman:730:12 Broken_Arrow:740:11 Lawton:735:9 Enid:737:5"},
    {"OR", "Portland:972:64 Salem:973:17 Eugene:974:17 Gresham:970:11 Bend:977:9 Medford:975:8 "
           "Corvallis:973:6"},
    {"PA", "Philadelphia:191:158 Pittsburgh:152:35 Allentown:181:12 Erie:165:10 Reading:196:9 "
           "Scranton:185:8 "
           "Bethlehem:180:8 Lancaster:176:7 Harrisburg:171:6 Altoona:166:5 York:174:5 "
           "State_College:168:4 "
           "Wilkes-Barre:187:4 Johnstown:159:3"},
    {"RI", "Providence:029:19 Warwick:028:8 Cranston:029:8 Pawtucket:028:7 Newport:028:3"},
    {"SC", "Columbia:292:14 Charleston:294:15 Greenville:296:10 Rock_Hill:297:7 Myrtle_Beach:295:6 "
           "Spartanburg:293:6 "
           "Florence:295:4"},
    {"SD", "Sioux_Falls:571:19 Rapid_City:577:8 Aberdeen:574:3"},
    {"TN", "Nashville:372:68 Memphis:381:64 Knoxville:379:19 Chattanooga:374:18 Clarksville:370:16 "
           "Murfreesboro:371:15 Jackson:383:7 Johnson_City:376:7 Cookeville:385:4"},
    {"TX", "Houston:770:230 San_Antonio:782:145 Dallas:752:130 Austin:787:96 Fort_Worth:761:90 "
           "El_Paso:799:68 "
           "Arlington:760:39 Corpus_Christi:784:32 Plano:750:28 Laredo:780:26 Lubbock:794:26 "
           "Garland:750:24 "
           "Irving:750:25 Amarillo:791:20 McKinney:750:19 Brownsville:785:19 Killeen:765:15 "
           "Pasadena:775:15 "
           "McAllen:785:14 Waco:767:14 Denton:762:14 Midland:797:13 Abilene:796:12 Beaumont:777:11 "
           "Odessa:797:11 "
           "Round_Rock:786:12 Tyler:757:10 San_Angelo:769:10 Wichita_Falls:763:10 Galveston:775:5 "
           "Longview:756:8 "
           "Texarkana:755:4 Victoria:779:6"},
    {"UT", "Salt_Lake_City:841:40 West_Valley_City:841:14 Provo:846:11 West_Jordan:840:11 "
           "Orem:840:9 Ogden:844:9 "
           "Saint_George:847:9 Logan:843:5"},
    {"VT", "Burlington:054:5 Rutland:057:2 Montpelier:056:1 Brattleboro:053:1"},
    {"VA",
     "Virginia_Beach:234:45 Norfolk:235:24 Chesapeake:233:25 Richmond:232:22 Newport_News:236:18 "
     "Alexandria:223:16 Hampton:236:14 Roanoke:240:10 Arlington:222:23 Lynchburg:245:8 "
     "Charlottesville:229:5 "
     "Fairfax:220:9 Winchester:226:4"},
    {"WA",
     "Seattle:981:74 Spokane:992:22 Tacoma:984:22 Vancouver:986:19 Bellevue:980:15 Kent:980:14 "
     "Everett:982:11 "
     "Yakima:989:10 Renton:980:11 Olympia:985:8 Bellingham:982:9 Kennewick:993:8 Walla_Walla:993:4 "
     "Wenatchee:988:4"},
    {"WV", "Charleston:253:5 Huntington:257:5 Morgantown:265:4 Wheeling:260:3"},
    {"WI",
     "Milwaukee:532:58 Madison:537:26 Green_Bay:543:11 Kenosha:531:10 Racine:534:8 Appleton:549:8 "
     "Waukesha:531:7 Eau_Claire:547:7 Oshkosh:549:7 La_Crosse:546:5 Wausau:544:4"},
    {"WY", "Cheyenne:820:7 Casper:826:6 Laramie:820:3"},
    {"PR", "San_Juan:009:30 Bayamón:009:16 Ponce:007:12 Mayagüez:006:7 Caguas:007:11"},
    {NULL, NULL},
};

const struct word_group list_street[] = {
    {100, "Main"},
    {60, "Park Oak Pine Maple Cedar Elm Washington"},
    {35, "Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset Railroad Jackson Cherry "
         "West South "
         "Highland Forest Meadow Broadway River Lincoln Jefferson Chestnut Spruce"},
    {18, "College School Center Dogwood Hickory Franklin Adams Madison Sycamore Valley Poplar "
         "Birch Prospect "
         "Laurel Grove East Locust Clay Magnolia Beech Country_Club Court Front Water Market High "
         "Union State "
         "Green Pleasant Summit Liberty Monroe Grant Harrison Cypress Juniper Aspen Holly Woodland "
         "Lakeview "
         "Hillcrest Fairview Riverside Parkway Mountain Canyon Mesa Vista Ocean Bay Harbor Beach "
         "Island"},
    {7, "Mill_Creek Deer_Run Fox_Hollow Quail_Ridge Eagle_Point Stone_Bridge Old_Mill Sugar_Creek "
        "Rock_Creek "
        "Cedar_Creek Spring_Valley Indian_Hills Turkey_Creek Bear_Creek Clear_Lake Silver_Lake "
        "Rolling_Hills "
        "Whispering_Pines Martin_Luther_King Cesar_Chavez Saint_Charles Saint_Andrews Mount_Vernon "
        "Fort_Henry "
        "Camino_Real Buena_Vista Los_Robles El_Dorado Del_Mar Peach_Tree Plum Pecan Orchard "
        "Vineyard Garden "
        "Rosewood Sherwood Windsor Cambridge Oxford Canterbury Devon Essex Surrey Sussex Kent "
        "Stratford Bristol "
        "Heritage Colonial Plantation Frontier Pioneer Homestead Ranch Prairie Meadowbrook "
        "Brookside Creekside "
        "Hillside Lakeside Seaside Westwood Eastwood Northwood Southgate Northgate Westgate "
        "Eastgate Commerce "
        "Industrial Enterprise Airport Depot Station Bridge Ferry Canal Dock Wharf Mission Chapel "
        "Abbey Temple"},
    {0, NULL},
};

const struct word_group list_street_type[] = {
    {300, "St"}, {180, "Ave"},    {160, "Rd"},         {150, "Dr"},          {90, "Ln"},
    {80, "Ct"},  {30, "Way Cir"}, {25, "Blvd Pl Ter"}, {10, "Pkwy Trl Hwy"}, {0, NULL},
};
